/**
 * The one door to Keyv. The build inlines it here together with `@keyv/sqlite`, so that an installed nightshift
 * depends on nothing that needs a compiler or a newer Node than itself.
 */
export { KeyvSqlite, type SqliteDriver } from '@keyv/sqlite';
export { Keyv } from 'keyv';
