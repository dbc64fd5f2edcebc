/** The query of one's own API keys. */
export const apiKeysKey = ["api-keys"] as const;
