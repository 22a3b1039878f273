# Each line becomes a C string literal; the SQL has neither quotes nor backslashes of C's kind.
s/.*/"&\\n"/
