/** State that lives in the address, so that a copied link opens the same thing. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

/** How a value stands in the address. read gets every value given; write gives those to put, none for the default. */
export interface Codec<T> {
  read: (values: readonly string[]) => T;
  write: (value: T) => readonly string[];
}

export const textCodec = (otherwise = ""): Codec<string> => ({
  read: ([value]) => value ?? otherwise,
  write: (value) => (value === otherwise ? [] : [value]),
});

export const listCodec: Codec<readonly string[]> = {
  read: ([value]) => (value ? value.split(",") : []),
  write: (value) => (value.length ? [value.join(",")] : []),
};

export const flagCodec: Codec<boolean> = {
  read: ([value]) => value === "1",
  write: (value) => (value ? ["1"] : []),
};

/** One value of the address and a function that changes it. replace: without a step in the history. */
export function useUrlState<T>(
  name: string,
  codec: Codec<T>,
): readonly [T, (value: T, options?: { replace?: boolean }) => void] {
  const [params, setParams] = useSearchParams();
  const text = params.getAll(name).join("\u0000");
  const has = params.has(name);
  const value = useMemo(() => codec.read(has ? text.split("\u0000") : []), [codec, has, text]);
  const change = useCallback(
    (next: T, options?: { replace?: boolean }) =>
      setParams((before) => withValue(before, name, codec.write(next)), { replace: options?.replace ?? false }),
    [codec, name, setParams],
  );
  return [value, change];
}

/** The parameters with other values of one name. */
export function withValue(params: URLSearchParams, name: string, values: readonly string[]): URLSearchParams {
  const next = new URLSearchParams(params);
  next.delete(name);
  for (const value of values) next.append(name, value);
  return next;
}
