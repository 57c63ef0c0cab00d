/**
 * The locale of numbers and dates. The portal is in English, so month and unit names must be too:
 * the reader's own English if the browser lists one, British English otherwise.
 */
export const readerLocale: string =
  navigator.languages.find((language) => /^en\b/.test(language)) ?? "en-GB";
