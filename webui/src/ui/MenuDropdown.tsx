import { Dropdown, type MenuProps } from "antd";
import type { ReactElement } from "react";

/** The menu of a MenuButton. */
export function MenuDropdown({ menu, placement, isOpen, onOpen, children }: {
  menu: MenuProps;
  placement: "bottomLeft" | "bottomRight" | "topLeft";
  isOpen: boolean;
  onOpen: (open: boolean) => void;
  children: ReactElement;
}) {
  return (
    <Dropdown
      open={isOpen}
      onOpenChange={(open) => !open && onOpen(false)}
      trigger={["click"]}
      placement={placement}
      autoFocus
      menu={{ ...menu, onClick: (info) => { onOpen(false); menu.onClick?.(info); } }}
    >
      {children}
    </Dropdown>
  );
}
