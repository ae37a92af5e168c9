/**
 * What the service says of its configuration.
 */
import type { settingsView } from '../../dashboard/settings-view.ts';

export type SettingsAnswer = ReturnType<typeof settingsView>;
