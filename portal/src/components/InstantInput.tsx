import { Button, Group, TextInput, type TextInputProps } from "@mantine/core";
import { useState } from "react";
import {
  formatInstant,
  instantsOf,
  isSkipped,
  readerZone,
  toLocalInput,
  zoneName,
} from "../format/localTime";
import { readerLocale } from "../format/locale";
import styles from "./components.module.css";

/** Characters of a local time without seconds: 2026-11-28T12:00. */
const localMinutes = 16;

interface InstantInputProps extends Omit<TextInputProps, "value" | "onChange"> {
  /** The instant in ISO 8601; empty while there is none. */
  value?: string;
  onChange: (iso: string) => void;
  /** The time zone of the field; the reader's unless it is given. */
  zone?: string | undefined;
}

/**
 * A field for an instant, entered as a time in a zone; where that is not the reader's, the reader's time
 * is shown too. An instant that nobody touches
 * stays as it is, to the microsecond. A time that the clocks repeat or skip is a question.
 */
export function InstantInput({
  value = "",
  onChange,
  error,
  zone = readerZone,
  ...rest
}: InstantInputProps) {
  const [typed, setTyped] = useState<string | null>(null);
  // What is typed is shown for as long as it means the current instant, or none.
  const local =
    typed !== null && (value === "" || instantsOf(typed, zone).includes(value))
      ? typed
      : toLocalInput(value, zone);
  const choices = instantsOf(local, zone);
  const skipped = isSkipped(local, zone);
  return (
    <div>
      <TextInput
        {...rest}
        type="datetime-local"
        {...(local.length > localMinutes && { step: 1 })}
        value={local}
        error={skipped ? "The clocks skip this time that night. Choose another." : error}
        onChange={(event) => {
          const text = event.currentTarget.value;
          setTyped(text);
          onChange(instantsOf(text, zone)[0] ?? "");
        }}
      />
      <div className={styles.echo} aria-live="polite">
        {value === ""
          ? zoneName(new Date(), zone)
          : `${formatInstant(value, readerLocale, zone)} (${zone})`}
        {zone !== readerZone &&
          (value === ""
            ? `, the shop’s time zone. Yours is ${zoneName()}.`
            : `. For you: ${formatInstant(value)} (${readerZone})`)}
      </div>
      {choices.length > 1 && (
        <Group gap={6} mt={6} role="group" aria-label="This time comes twice that night">
          {choices.map((choice, index) => (
            <Button
              key={choice}
              size="compact-sm"
              variant={Date.parse(choice) === Date.parse(value) ? "filled" : "default"}
              aria-pressed={Date.parse(choice) === Date.parse(value)}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onChange(choice)}
            >
              {index === 0 ? "First" : "Second"}:{" "}
              {formatInstant(choice, readerLocale, zone).split(", ").at(-1)}
            </Button>
          ))}
        </Group>
      )}
    </div>
  );
}
