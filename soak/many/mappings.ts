/**
 * Whose memory is whose in a process of Node on 64-bit Linux, by where it lies.
 *
 * V8 asks for its pages at random addresses of 46 bits (`OS::GetRandomMmapAddr`), far below where the kernel puts what others ask for; machine code, which is V8's
 * too, is the only memory that may be executed. The rest belongs to malloc, to stacks and to libraries.
 *
 * @see proc(5), `/proc/pid/smaps`
 */

const ofV8Below = 2 ** 46;
const header = /^([0-9a-f]+)-[0-9a-f]+ (\S+) \S+ \S+ \S+ *(.*)$/;

/**
 * What nobody shares and no file has, in megabytes, without what is V8's.
 *
 * @param smaps what the file of that name says
 */
export function outsideOfV8(smaps: string): number {
  let isV8s = false;
  let kb = 0;
  for (const line of smaps.split('\n')) {
    const [, start, rights = '', name] = header.exec(line) ?? [];
    if (start !== undefined) isV8s = rights.includes('x') || (name === '' && Number.parseInt(start, 16) < ofV8Below);
    else if (!isV8s) kb += Number(/^(?:Anonymous|Swap): +(\d+) kB$/.exec(line)?.[1] ?? 0);
  }
  return kb / 1024;
}
