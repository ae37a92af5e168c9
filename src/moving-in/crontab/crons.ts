/**
 * The crons that a crontab may be written for: the same line does not mean the same to each.
 *
 * Debian's is Paul Vixie's of 1993, mended since: of a field it reads as much as it knows and passes over the rest, and of the variables only SHELL,
 * PATH, HOME and those about mail mean something to it. Cronie, of Fedora, Red Hat, SUSE and Arch, has time zones and chance.
 *
 * @see crontab(5) of cron 3.0pl1 in Debian 12, and of cronie 1.7
 */
export interface Cron {
  name: 'debian' | 'cronie';
  /** As in `Debian's cron`. */
  called: string;
  /** `CRON_TZ` and `RANDOM_DELAY` decide about times; `5~20` draws one. */
  hasZonesAndChance: boolean;
  /** `sat-sun` is Saturday and Sunday, not a range that goes down. */
  endsWithSunday: boolean;
  /** The longest command, percent signs and stdin included; `crontab` refuses the whole table for a longer one. */
  commandBytesMax: number;
}

export const crons: Readonly<Record<Cron['name'], Cron>> = {
  debian: {
    name: 'debian',
    called: "Debian's cron",
    hasZonesAndChance: false,
    endsWithSunday: false,
    commandBytesMax: 998,
  },
  cronie: { name: 'cronie', called: 'cronie', hasZonesAndChance: true, endsWithSunday: true, commandBytesMax: 131_070 },
};
