# fish completion for ucat(1). Made from its options by a test; see CONTRIBUTING.md.

# Each of the words, behind what is typed before the last comma.
function __ucat_list
    set -l typed (commandline -ct | string replace -r -- '^--[^=]*=' '' | string replace -r -- '[^,]*$' '')
    printf '%s\t\n' "$typed"$argv
end

complete -c ucat -l progress -d 'show progress on standard error; WHEN is \'auto\' (on a terminal), \'always\' or \'never\'' -f -a "auto\t''
always\t''
never\t''"
complete -c ucat -l ring -d 'choose and tune the I/O engine; see ringutils(7) for the keys of LIST' -r -f -a "(__ucat_list engine=auto engine=uring engine=threads depth= block= threads= sqpoll direct plain stats stats=text stats=json trace)"
complete -c ucat -l ring-stats -d 'at the end, say what the engine did; FORMAT is \'text\' or \'json\'' -f -a "text\t''
json\t''"
complete -c ucat -s b -l number-nonblank -d 'number the lines that are not empty; wins over -n'
complete -c ucat -s n -l number -d 'number every line of the output'
complete -c ucat -s s -l squeeze-blank -d 'of several empty lines in a row, put out one'
complete -c ucat -s v -l show-nonprinting -d 'write control characters as ^X and bytes above 127 as M-X'
complete -c ucat -s E -l show-ends -d 'mark the end of each line with $'
complete -c ucat -s T -l show-tabs -d 'write each TAB as ^I'
complete -c ucat -s A -l show-all -d 'the same as -vET'
complete -c ucat -s e -d 'the same as -vE'
complete -c ucat -s t -d 'the same as -vT'
complete -c ucat -s u -d 'no effect: nothing is held back anyway'
complete -c ucat -l ring-trace -d 'show each submission and completion on standard error'
complete -c ucat -l help -d 'show this text and exit'
complete -c ucat -l version -d 'show the version and exit'
