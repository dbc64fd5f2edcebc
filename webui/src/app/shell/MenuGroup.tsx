import { useLocation } from "react-router";
import { labelText } from "@/lib/i18n";
import type { AppMenu, AppMenuItem } from "@/lib/wire";
import { addressOfItem } from "@/lib/addresses";
import { iconOf } from "@/ui/icons";
import styles from "./MenuGroup.module.css";
import { NavLine } from "./NavLine";

/** A menu of the application: its heading, then its items; items of items stand in groups of their own. */
export function MenuGroup({ menu, base, isSmall, onLeave }: {
  menu: Pick<AppMenu, "label" | "items">;
  base: string;
  isSmall: boolean;
  onLeave: () => void;
}) {
  const { pathname } = useLocation();
  const plain = menu.items.filter((item) => item.kind !== "");
  const groups = menu.items.filter((item) => item.kind === "");
  const line = (item: AppMenuItem) => {
    const to = addressOfItem(base, item);
    return (
      <NavLine
        key={item.uid}
        to={to}
        icon={iconOf(item.icon, item.kind)}
        text={labelText(item.label)}
        isSmall={isSmall}
        isCurrent={pathname === to || pathname.startsWith(`${to}/`)}
        onClick={onLeave}
      />
    );
  };
  return (
    <>
      {plain.length > 0 && (
        <section className={styles.group}>
          <h2 className={isSmall ? "visually-hidden" : styles.title}>{labelText(menu.label)}</h2>
          {isSmall && <hr className={styles.rule} />}
          <ul>{plain.map(line)}</ul>
        </section>
      )}
      {groups.map((group) => (
        <MenuGroup key={group.uid} menu={group} base={base} isSmall={isSmall} onLeave={onLeave} />
      ))}
    </>
  );
}
