/**
 * The one door to `@keyv/sqlite`. The build inlines the package here, so that an installed nightshift
 * depends on nothing that needs a compiler.
 */
export { KeyvSqlite, type SqliteDriver } from '@keyv/sqlite';
