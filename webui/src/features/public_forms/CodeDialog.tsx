import { Modal, QRCode } from "antd";
import { useTranslation } from "react-i18next";
import { addressOfLink, type PublicLink } from "./publicApi";
import styles from "./PublicForms.module.css";

/** The QR code of a link, dark on white in both themes, so that every camera reads it. */
export function CodeDialog({ link, onClose }: { link: PublicLink | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open={link !== null} title={link?.label || t("public_forms.code")} width={480} footer={null} onCancel={onClose} destroyOnHidden>
      {link && (
        <div className={styles.code}>
          {/* Those who do not see the picture have the address below it. */}
          <div aria-hidden className={styles.paper}>
            <QRCode type="svg" value={addressOfLink(link)} size={240} color="#000" bgColor="#fff" bordered={false} errorLevel="M" />
          </div>
          <a className={styles.address} href={addressOfLink(link)} target="_blank" rel="noreferrer">{addressOfLink(link)}</a>
        </div>
      )}
    </Modal>
  );
}
