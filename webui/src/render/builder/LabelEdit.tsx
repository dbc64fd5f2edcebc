import { Input } from "antd";

/** A label being edited in its place: Enter and leaving keep it, Escape gives it up. */
export function LabelEdit({ text, title, placeholder, onDone }: {
  text: string;
  title: string;
  placeholder?: string;
  /** null: as it was. */
  onDone: (text: string | null) => void;
}) {
  const put = (next: string) => onDone(next.trim() === "" || next.trim() === text ? null : next.trim());
  return (
    <Input autoFocus size="small" defaultValue={text} aria-label={title} placeholder={placeholder}
      onFocus={(event) => event.target.select()}
      onBlur={(event) => put(event.target.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") put(event.currentTarget.value);
        if (event.key === "Escape") onDone(null);
      }} />
  );
}
