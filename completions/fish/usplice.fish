# fish completion for usplice(1). Made from its options by a test; see CONTRIBUTING.md.

# Each of the words, behind what is typed before the last comma.
function __usplice_list
    set -l typed (commandline -ct | string replace -r -- '^--[^=]*=' '' | string replace -r -- '[^,]*$' '')
    printf '%s\t\n' "$typed"$argv
end

complete -c usplice -s b -l block-size -d 'move BYTES at a time' -r -f
complete -c usplice -s c -l count -d 'end after BYTES' -r -f
complete -c usplice -l interval -d 'renew the meter every SECONDS (default 1)' -r -f
complete -c usplice -s N -l name -d 'put NAME in front of the meter' -r -f
complete -c usplice -l output-error -d 'what becomes of an OUTPUT that fails; see below' -f -a "warn\t''
warn-nopipe\t''
exit\t''
exit-nopipe\t''"
complete -c usplice -s L -l rate-limit -d 'move at most RATE bytes a second' -r -f
complete -c usplice -s o -l seek -d 'leave the first BYTES of each OUTPUT as they are' -r -f
complete -c usplice -s s -l size -d 'BYTES are to be expected' -r -f
complete -c usplice -s i -l skip -d 'leave out the first BYTES of INPUT' -r -f
complete -c usplice -s w -l watch -d 'move nothing: show the meter of process PID, of its descriptor FD or of all its files' -r -f -a "(__fish_complete_pids)"
complete -c usplice -l progress -d 'show progress on standard error; WHEN is \'auto\' (on a terminal), \'always\' or \'never\'' -f -a "auto\t''
always\t''
never\t''"
complete -c usplice -l ring -d 'choose and tune the I/O engine; see ringutils(7) for the keys of LIST' -r -f -a "(__usplice_list engine=auto engine=uring engine=threads depth= block= threads= sqpoll direct plain stats stats=text stats=json trace)"
complete -c usplice -l ring-stats -d 'at the end, say what the engine did; FORMAT is \'text\' or \'json\'' -f -a "text\t''
json\t''"
complete -c usplice -s a -l append -d 'add to the end of each OUTPUT'
complete -c usplice -l debug -d 'say which way the bytes take, and where they change to another'
complete -c usplice -s e -l eta -d 'show how long it will still take'
complete -c usplice -l exact -d 'fail if fewer bytes come than --count or --size says'
complete -c usplice -l no-clobber -d 'fail if an OUTPUT exists'
complete -c usplice -l no-truncate -d 'do not cut off what OUTPUT holds'
complete -c usplice -s n -l numeric -d 'print numbers for scripts, one a line, instead of the meter: per cent, or bytes if the size is not known'
complete -c usplice -s p -d 'the same as --progress'
complete -c usplice -s r -l rate -d 'show how many bytes a second are moved'
complete -c usplice -s E -l skip-errors -d 'write zeros for what cannot be read, and go on'
complete -c usplice -l sparse -d 'make holes of zeros'
complete -c usplice -l stop-at-size -d 'end after as many bytes as --size says, or INPUT itself has now'
complete -c usplice -l sync -d 'have everything on the disk before the end'
complete -c usplice -s t -l timer -d 'show the time since the beginning'
complete -c usplice -l truncate -d 'cut off what OUTPUT holds, even if it is standard output; else only files given by name are'
complete -c usplice -l ring-trace -d 'show each submission and completion on standard error'
complete -c usplice -l help -d 'show this text and exit'
complete -c usplice -l version -d 'show the version and exit'
