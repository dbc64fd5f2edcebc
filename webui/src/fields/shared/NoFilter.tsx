/** For conditions that take no value. */
export function NoFilter() {
  return null;
}
