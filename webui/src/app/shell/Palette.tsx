import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import type { App } from "@/lib/wire";
import { PaletteBody } from "./PaletteBody";

/** Ctrl K: loaded when it opens for the first time. */
export function Palette({ isOpen, app, onClose }: { isOpen: boolean; app: App; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      open={isOpen}
      onCancel={onClose}
      footer={null}
      closable={false}
      width={648}
      destroyOnHidden
      title={<span className="visually-hidden">{t("palette.title")}</span>}
      styles={{ container: { padding: 0, overflow: "hidden" }, header: { margin: 0, height: 0 }, body: { padding: 0 } }}
      style={{ top: 104 }}
    >
      <PaletteBody app={app} onClose={onClose} />
    </Modal>
  );
}
