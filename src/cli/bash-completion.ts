/**
 * The script for bash, as every bash takes it: read a second time, as by `source ~/.bashrc`, beside that of another command made with the
 * same library, and without the package bash-completion.
 */

/** @param script as the library writes it */
export function forEveryBash(script: string): string {
  return script
    .replaceAll(/^readonly (\w+)=(\d+)$/gm, `: "\${$1:=$2}"`)
    .replace(/^( *)(_get_comp_words_by_ref .*)$/m, (_, indent: string, call: string) => {
      const lines = [
        'if declare -F _get_comp_words_by_ref > /dev/null; then',
        `    ${call}`,
        'else',
        `    words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD`,
        `    cur=\${words[cword]} prev=\${words[cword - 1]}`,
        'fi',
      ];
      return lines.map((line) => `${indent}${line}`).join('\n');
    });
}
