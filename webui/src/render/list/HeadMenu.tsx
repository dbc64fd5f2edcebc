import { cloneElement, isValidElement, type ReactElement, type ReactNode } from "react";

/** Puts the menu of a column, an antd Dropdown without children, around its head. */
export function HeadMenu({ menu, children }: { menu: ReactNode; children: ReactElement }) {
  return isValidElement<{ children?: ReactNode }>(menu) ? cloneElement(menu, {}, children) : children;
}
