# Each line becomes a C string literal, and the file one element of an array; the SQL has neither
# quotes nor backslashes of C's kind.
s/.*/"&\\n"/
$s/$/,/
