import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { type Command, singleKeysAreOn, useAllCommands } from "@/lib/shortcuts";
import { Kbd } from "@/ui/Kbd";
import { Note } from "@/ui/Note";
import styles from "./KeySheet.module.css";

/** The sheet of keys: every command that has one, by group, as they are right now. */
export function KeySheet({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const groups = new Map<string, Command[]>();
  for (const command of useAllCommands()) {
    if (command.keys) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  }
  return (
    <Modal open={isOpen} onCancel={onClose} footer={null} title={t("keys.title")} width={720} destroyOnHidden>
      {!singleKeysAreOn() && <Note tone="neu">{t("keys.off")}</Note>}
      <div className={styles.groups}>
        {[...groups].map(([group, commands]) => (
          <section key={group}>
            <h3 className={styles.title}>{group}</h3>
            <dl className={styles.list}>
              {commands.map((command) => (
                <div key={command.id} className={styles.row}>
                  <dt>{command.label}</dt>
                  <dd className={styles.keys}>
                    {(typeof command.keys === "string" ? [command.keys] : (command.keys ?? [])).map((way) => (
                      <Kbd key={way} keys={way} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
