import { MessageSquareText } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Json } from "@/lib/wire";
import { Tag } from "@/ui/Tag";
import styles from "./FlowPage.module.css";

interface Told {
  channel?: string;
  message?: string;
  state?: string;
  content?: { subject?: string; text?: string } | null;
}

/** The messages that would have been sent, in their words. */
export function MessageList({ messages }: { messages: readonly Json[] }) {
  const { t } = useTranslation();
  return (
    <section>
      <h3 className={styles.heading}>{t("flows.messages", { count: messages.length })}</h3>
      {(messages as unknown as Told[]).map((each, place) => (
        <article key={place} className={styles.message}>
          <header className={styles.elementHead}>
            <MessageSquareText size={15} strokeWidth={1.75} aria-hidden />
            <strong className={styles.grow}>{each.content?.subject ?? each.message}</strong>
            {each.channel && <Tag>{each.channel}</Tag>}
          </header>
          <p className={styles.words}>{each.content?.text}</p>
        </article>
      ))}
    </section>
  );
}
