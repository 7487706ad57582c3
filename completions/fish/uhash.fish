# fish completion for uhash(1). Made from its options by a test; see CONTRIBUTING.md.

# Each of the words, behind what is typed before the last comma.
function __uhash_list
    set -l typed (commandline -ct | string replace -r -- '^--[^=]*=' '' | string replace -r -- '[^,]*$' '')
    printf '%s\t\n' "$typed"$argv
end

complete -c uhash -s l -l length -d 'bits of the checksum, for types that come in several lengths' -r -f
complete -c uhash -s a -l algorithm -d 'what to compute; with -c, what the lists have' -r -f -a "bsd\t''
sysv\t''
crc\t''
crc32b\t''
md5\t''
sha1\t''
sha224\t''
sha256\t''
sha384\t''
sha512\t''
sha2\t''
sha3\t''
blake2b\t''
sm3\t''
blake3\t''
xxh3\t''
xxh64\t''
crc32c\t''"
complete -c uhash -l files0-from -d 'instead of operands, take the names in F, each of which ends with NUL; if F is -, from standard input' -r -F
complete -c uhash -l progress -d 'show progress on standard error; WHEN is \'auto\' (on a terminal), \'always\' or \'never\'' -f -a "auto\t''
always\t''
never\t''"
complete -c uhash -l ring -d 'choose and tune the I/O engine; see ringutils(7) for the keys of LIST' -r -f -a "(__uhash_list engine=auto engine=uring engine=threads depth= block= threads= sqpoll direct plain stats stats=text stats=json trace)"
complete -c uhash -l ring-stats -d 'at the end, say what the engine did; FORMAT is \'text\' or \'json\'' -f -a "text\t''
json\t''"
complete -c uhash -s c -l check -d 'read lists of checksums from the FILEs, and compare'
complete -c uhash -l ignore-missing -d 'with -c: files that are listed but do not exist are no failure'
complete -c uhash -l quiet -d 'with -c: no line for a file that is as listed'
complete -c uhash -l status -d 'with -c: print nothing, the exit status tells'
complete -c uhash -s w -l warn -d 'with -c: say which lines of a list make no sense'
complete -c uhash -l strict -d 'with -c: lines that make no sense are a failure'
complete -c uhash -l tag -d 'lines in BSD\'s style: TYPE (FILE) = CHECKSUM'
complete -c uhash -s z -l zero -d 'end each line with NUL, and leave names as they are'
complete -c uhash -l base64 -d 'print checksums in base64 instead of hexadecimal'
complete -c uhash -l debug -d 'say which instructions of the processor are used'
complete -c uhash -l raw -d 'write the bytes of the checksum and nothing else'
complete -c uhash -l untagged -d 'lines without the type: CHECKSUM  FILE'
complete -c uhash -s b -l binary -d 'with --untagged, mark each name with an asterisk; the bytes are the same'
complete -c uhash -s t -l text -d 'with --untagged, mark each name with a blank (the default)'
complete -c uhash -s r -l recursive -d 'take a directory for all the files in it'
complete -c uhash -l ring-trace -d 'show each submission and completion on standard error'
complete -c uhash -l help -d 'show this text and exit'
complete -c uhash -l version -d 'show the version and exit'
