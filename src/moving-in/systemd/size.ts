/**
 * Amounts of memory as systemd writes them: `512M`, `1.5G`, with units of 1,024 each; `50%` of the machine's; `infinity`.
 *
 * @see systemd.resource-control(5), `MemoryMax=`
 */
const units = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/**
 * @param machineBytes the memory of the machine
 * @returns whole bytes, infinity among them; undefined for what is no amount
 */
export function memoryBytes(text: string, machineBytes: number): number | undefined {
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  const { number = '', unit } = /^(?<number>\d+(?:\.\d+)?)(?<unit>[KMGTPE%]?)B?$/.exec(text)?.groups ?? {};
  if (unit === undefined) return undefined;
  if (unit === '%') return Number(number) <= 100 ? Math.floor((machineBytes * Number(number)) / 100) : undefined;
  return Math.floor(Number(number) * 1_024 ** units.indexOf(unit));
}
