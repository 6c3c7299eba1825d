#include "base/str.h"
#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/console.h"

/*
 * The scripts know nothing of commands: for each word they ask the program
 * itself, so that they never fall behind it. complete.h says what it answers.
 */

/* bash takes '=' for a word of its own: what belongs together is put together,
 * and of the candidates only what stands behind it is wanted. */
static const char bash_script[] =
    "# bash completion for tidemark\n"
    "_tidemark()\n"
    "{\n"
    "    local word line files=no count=0\n"
    "    local -a words=()\n"
    "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD}\"; do\n"
    "        if [[ $count -gt 0 && ( $word == = || ${words[count - 1]} == --*= ) ]]; then\n"
    "            words[count - 1]+=$word\n"
    "        else\n"
    "            words[count++]=$word\n"
    "        fi\n"
    "    done\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        case $line in\n"
    "        :0) files=yes ;;\n"
    "        :*) ;;\n"
    "        *) COMPREPLY+=(\"${line%%$'\\t'*}\") ;;\n"
    "        esac\n"
    "    done < <(\"${COMP_WORDS[0]}\" " COMPLETE_COMMAND " \"${words[@]}\" 2>/dev/null)\n"
    "    if [[ ${words[count - 1]} == --*=* && $COMP_WORDBREAKS == *=* ]]; then\n"
    "        COMPREPLY=(\"${COMPREPLY[@]#*=}\")\n"
    "    fi\n"
    "    if [[ $files == no ]]; then\n"
    "        compopt +o default 2>/dev/null\n"
    "    fi\n"
    "}\n"
    "complete -o default -F _tidemark tidemark\n";

static const char zsh_script[] =
    "#compdef tidemark\n"
    "# zsh completion for tidemark\n"
    "_tidemark()\n"
    "{\n"
    "    local line files=no\n"
    "    local -a candidates\n"
    "    for line in \"${(@f)$(\"${words[1]}\" " COMPLETE_COMMAND
    " \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
    "        case $line in\n"
    "        :0) files=yes ;;\n"
    "        :*) ;;\n"
    "        *$'\\t'*) candidates+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        ?*) candidates+=(\"${line//:/\\\\:}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (( $#candidates )) && _describe tidemark candidates\n"
    "    [[ $files == no ]] || _files\n"
    "}\n"
    "[[ ${funcstack[1]} != _tidemark ]] || _tidemark \"$@\"\n"
    "compdef _tidemark tidemark\n";

static const char fish_script[] =
    "# fish completion for tidemark\n"
    "function __tidemark_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l program $words[1]\n"
    "    set -e words[1]\n"
    "    set -l word (commandline -ct)\n"
    "    for line in ($program " COMPLETE_COMMAND " $words \"$word\" 2>/dev/null)\n"
    "        switch $line\n"
    "            case ':0'\n"
    "                __fish_complete_path \"$word\"\n"
    "            case ':*'\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c tidemark -f -a '(__tidemark_complete)'\n";

static const char powershell_script[] =
    "# powershell completion for tidemark\n"
    "Register-ArgumentCompleter -Native -CommandName 'tidemark' -ScriptBlock {\n"
    "    param($word, $line, $position)\n"
    "    $elements = @($line.CommandElements | ForEach-Object { $_.ToString() })\n"
    "    $before = @($line.CommandElements | Select-Object -Skip 1 |\n"
    "        Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() "
    "})\n"
    "    # Before 7.3 an empty argument needs quotes of its own.\n"
    "    $last = if ($word -eq '' -and $PSVersionTable.PSVersion -lt [version]'7.3') { '\"\"' } "
    "else { $word }\n"
    "    & $elements[0] " COMPLETE_COMMAND " @before $last 2>$null |\n"
    "        Where-Object { $_ -notlike ':*' } | ForEach-Object {\n"
    "            $text, $meaning = $_ -split \"`t\", 2\n"
    "            if (-not $meaning) { $meaning = $text }\n"
    "            [System.Management.Automation.CompletionResult]::new($text, $text, "
    "'ParameterValue', $meaning)\n"
    "        }\n"
    "}\n";

int completion_run(const struct cli *cli, struct err *err)
{
    static const struct {
        const char *shell, *script;
    } scripts[] = {
        {"bash", bash_script},
        {"fish", fish_script},
        {"powershell", powershell_script},
        {"zsh", zsh_script},
    };
    (void)err;
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        if (str_equal(cli->command->name, scripts[i].shell))
            console_print("%s", scripts[i].script);
    }
    return CLI_OK;
}
