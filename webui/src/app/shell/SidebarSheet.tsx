import { Drawer } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** The sidebar as a sheet, on a phone. */
export function SidebarSheet({ isOpen, onClose, children }: { isOpen: boolean; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Drawer
      placement="left"
      open={isOpen}
      onClose={onClose}
      size={280}
      closable={false}
      title={null}
      styles={{ body: { padding: 0, background: "var(--sunken)" } }}
      aria-label={t("shell.navigation")}
    >
      {children}
    </Drawer>
  );
}
