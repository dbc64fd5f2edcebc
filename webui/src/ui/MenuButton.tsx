import type { MenuProps } from "antd";
import { lazy, Suspense, useState, type ComponentProps } from "react";

const load = () => import("./MenuDropdown");
const MenuDropdown = lazy(async () => ({ default: (await load()).MenuDropdown }));

/** A button with a menu that is loaded when somebody comes near it; for the shell, which must be small. */
export function MenuButton({ menu, placement = "bottomLeft", ...button }: {
  menu: MenuProps;
  placement?: "bottomLeft" | "bottomRight" | "topLeft";
} & ComponentProps<"button">) {
  const [state, setState] = useState<"none" | "closed" | "open">("none");
  const plain = (
    <button
      type="button"
      {...button}
      aria-haspopup="menu"
      aria-expanded={state === "open"}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setState(state === "open" ? "closed" : "open")}
    />
  );
  if (state === "none") return plain;
  return (
    <Suspense fallback={plain}>
      <MenuDropdown menu={menu} placement={placement} isOpen={state === "open"} onOpen={(open) => setState(open ? "open" : "closed")}>
        {plain}
      </MenuDropdown>
    </Suspense>
  );
}
