/* auth/signer.h - signs with the keys of domains (calls/dkim.h).  Floor 3; auth role only. */
#ifndef AUTH_SIGNER_H
#define AUTH_SIGNER_H

/* Answers dkim_keys and dkim_sign_hashes. */
void auth_signer_open(void);
void auth_signer_close(void);

#endif
