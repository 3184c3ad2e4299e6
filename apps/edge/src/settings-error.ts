/** A setting that cannot be used. Its message names the variable and never its value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
