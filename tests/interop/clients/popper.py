"""Python's poplib as ../popping.py wants a program: popper.py PORT USER PASSWORD MAILDIR keep|delete."""
import pathlib
import poplib
import ssl
import sys


def main():
    port, user, password, root, mode = sys.argv[1:]
    client = poplib.POP3_SSL("127.0.0.1", int(port), context=ssl._create_unverified_context())
    client.utf8()  # RFC 6856 2.1: a header that is not ASCII is for those who say so
    client.user(user)
    client.pass_(password)
    for line in client.uidl()[1]:
        number, name = line.decode().split()
        file = pathlib.Path(root) / "new" / name
        if not file.exists():
            part = pathlib.Path(root) / "tmp" / name
            part.write_bytes(b"".join(line + b"\r\n" for line in client.retr(int(number))[1]))
            part.rename(file)
        if mode == "delete":
            client.dele(int(number))
    client.quit()


main()
