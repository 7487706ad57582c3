# fish completion for utail(1). Made from its options by a test; see CONTRIBUTING.md.

# Each of the words, behind what is typed before the last comma.
function __utail_list
    set -l typed (commandline -ct | string replace -r -- '^--[^=]*=' '' | string replace -r -- '[^,]*$' '')
    printf '%s\t\n' "$typed"$argv
end

complete -c utail -s c -l bytes -d 'write the last NUM bytes; with +NUM, everything from byte NUM on' -r -f
complete -c utail -l follow -d 'go on to write what is appended: to the open file (\'descriptor\', the same as no HOW), or to whatever has the name (\'name\')' -f -a "descriptor\t''
name\t''"
complete -c utail -s n -l lines -d 'write the last NUM lines instead of 10; with +NUM, everything from line NUM on' -r -f
complete -c utail -l max-unchanged-stats -d 'with --follow=name, where changes are looked for and not told: see what has the name after N looks without a change (default 5)' -r -f
complete -c utail -l pid -d 'with -f, end when process PID has; of several, when all have' -r -f -a "(__fish_complete_pids)"
complete -c utail -s s -l sleep-interval -d 'with -f, look for changes that are not told every so many SECONDS (default 1)' -r -f
complete -c utail -l glob -d 'also the files whose names match PATTERN; with -f those that appear later, too, and all by name' -r -F
complete -c utail -l progress -d 'show progress on standard error; WHEN is \'auto\' (on a terminal), \'always\' or \'never\'' -f -a "auto\t''
always\t''
never\t''"
complete -c utail -l ring -d 'choose and tune the I/O engine; see ringutils(7) for the keys of LIST' -r -f -a "(__utail_list engine=auto engine=uring engine=threads depth= block= threads= sqpoll direct plain stats stats=text stats=json trace)"
complete -c utail -l ring-stats -d 'at the end, say what the engine did; FORMAT is \'text\' or \'json\'' -f -a "text\t''
json\t''"
complete -c utail -l debug -d 'say how the files are followed'
complete -c utail -s f -d 'go on to write what is appended: to the open file (\'descriptor\', the same as no HOW), or to whatever has the name (\'name\')'
complete -c utail -s F -d 'the same as --follow=name --retry'
complete -c utail -s q -l quiet -d 'no headers; --silent is the same'
complete -c utail -l retry -d 'keep trying to open what cannot be opened'
complete -c utail -s v -l verbose -d 'headers in any case'
complete -c utail -s z -l zero-terminated -d 'lines end with NUL'
complete -c utail -l prefix -d 'instead of headers, begin each line with the name of its file'
complete -c utail -l ring-trace -d 'show each submission and completion on standard error'
complete -c utail -l help -d 'show this text and exit'
complete -c utail -l version -d 'show the version and exit'
