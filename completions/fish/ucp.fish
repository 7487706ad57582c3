# fish completion for ucp(1). Made from its options by a test; see CONTRIBUTING.md.

# Each of the words, behind what is typed before the last comma.
function __ucp_list
    set -l typed (commandline -ct | string replace -r -- '^--[^=]*=' '' | string replace -r -- '[^,]*$' '')
    printf '%s\t\n' "$typed"$argv
end

complete -c ucp -l backup -d 'rename a destination that exists instead of overwriting it; CONTROL says how backups are named' -f -a "none\t''
off\t''
simple\t''
never\t''
existing\t''
nil\t''
numbered\t''
t\t''"
complete -c ucp -l no-preserve -d 'do not keep the attributes in LIST' -r -f -a "(__ucp_list mode timestamps ownership links context xattr all)"
complete -c ucp -l preserve -d 'keep attributes: a LIST of mode, ownership, timestamps, links, xattr, context, all' -f -a "(__ucp_list mode timestamps ownership links context xattr all)"
complete -c ucp -l sparse -d 'when to make holes for zeros: \'auto\' (where SOURCE has them), \'always\' or \'never\'' -r -f -a "never\t''
auto\t''
always\t''"
complete -c ucp -l reflink -d 'when to share blocks instead of copying them: \'auto\' (if possible), \'always\' or \'never\'' -f -a "auto\t''
always\t''
never\t''"
complete -c ucp -s S -l suffix -d 'put SUFFIX behind the names of backups, instead of ~' -r -f
complete -c ucp -s t -l target-directory -d 'copy each SOURCE into DIRECTORY' -r -f -a "(__fish_complete_directories)"
complete -c ucp -l update -d 'which existing files to replace: \'all\', \'none\', \'none-fail\' or \'older\' (if no WHICH is given)' -f -a "all\t''
none\t''
none-fail\t''
older\t''"
complete -c ucp -l context -d 'the same, with a warning if there is a CTX' -f
complete -c ucp -l cache -d 'what becomes of the page cache: \'keep\', \'drop\' or \'direct\'' -r -f -a "keep\t''
drop\t''
direct\t''"
complete -c ucp -l progress -d 'show progress on standard error; WHEN is \'auto\' (on a terminal), \'always\' or \'never\'' -f -a "auto\t''
always\t''
never\t''"
complete -c ucp -l ring -d 'choose and tune the I/O engine; see ringutils(7) for the keys of LIST' -r -f -a "(__ucp_list engine=auto engine=uring engine=threads depth= block= threads= sqpoll direct plain stats stats=text stats=json trace)"
complete -c ucp -l ring-stats -d 'at the end, say what the engine did; FORMAT is \'text\' or \'json\'' -f -a "text\t''
json\t''"
complete -c ucp -s a -l archive -d 'the same as -dR --preserve=all, but silent about extended attributes that cannot be had'
complete -c ucp -l attributes-only -d 'create the files and set their attributes, but leave their contents alone'
complete -c ucp -s b -d 'the same as --backup, without CONTROL'
complete -c ucp -l copy-contents -d 'with -R, read FIFOs and devices as if they were files'
complete -c ucp -s d -d 'the same as --no-dereference --preserve=links'
complete -c ucp -l debug -d 'say how each file was copied; includes -v'
complete -c ucp -s L -l dereference -d 'follow symbolic links in SOURCE, and below it'
complete -c ucp -s f -l force -d 'remove a destination that cannot be opened for writing, and try again'
complete -c ucp -s H -d 'follow symbolic links named on the command line only'
complete -c ucp -s i -l interactive -d 'ask before overwriting; ends an earlier -n'
complete -c ucp -s l -l link -d 'make hard links instead of copies'
complete -c ucp -s n -l no-clobber -d 'skip what exists, silently; ends an earlier -i'
complete -c ucp -s P -l no-dereference -d 'copy symbolic links as such'
complete -c ucp -s T -l no-target-directory -d 'DEST is no directory to copy into'
complete -c ucp -s x -l one-file-system -d 'stay on the file system of each SOURCE'
complete -c ucp -l parents -d 'make the leading directories of SOURCE below DIRECTORY, too'
complete -c ucp -s p -d 'the same as --preserve=mode,ownership,timestamps'
complete -c ucp -s R -s r -l recursive -d 'copy directories with what is in them'
complete -c ucp -l remove-destination -d 'remove an existing destination before copying'
complete -c ucp -l strip-trailing-slashes -d 'take slashes from the end of each SOURCE'
complete -c ucp -s s -l symbolic-link -d 'make symbolic links instead of copies'
complete -c ucp -s u -d 'the same as --update=older'
complete -c ucp -s v -l verbose -d 'name each file that is copied'
complete -c ucp -l keep-directory-symlink -d 'follow symbolic links to directories in the destination'
complete -c ucp -s Z -d 'ignored without SELinux, refused with it'
complete -c ucp -l verify -d 'read each copy again and compare it with what was written'
complete -c ucp -l fsync -d 'do not end before everything is on the disk'
complete -c ucp -l atomic -d 'let each file appear whole or not at all'
complete -c ucp -l keep-partial -d 'when interrupted, leave the file that was being copied'
complete -c ucp -l ring-trace -d 'show each submission and completion on standard error'
complete -c ucp -l help -d 'show this text and exit'
complete -c ucp -l version -d 'show the version and exit'
