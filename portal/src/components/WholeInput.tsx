import { formatCount } from "../format/numbers";
import { formatDuration } from "../format/time";
import { minutesText, readMinutes, readWhole } from "../format/typedNumber";
import { NumberTextField, type NumberFieldProps } from "./NumberField";

/** A field for a number of units, days or people. Its value is the text as typed. */
export function WholeInput(props: NumberFieldProps) {
  return (
    <NumberTextField
      inputMode="numeric"
      {...props}
      read={readWhole}
      format={(value) => formatCount(value)}
      plain={String}
    />
  );
}

/** A field for minutes and seconds. Its value is the text as typed: "10" or "1:30". */
export function MinutesInput(props: NumberFieldProps) {
  return (
    <NumberTextField
      {...props}
      inputMode="text"
      read={readMinutes}
      format={(seconds) => formatDuration(seconds)}
      plain={minutesText}
      alwaysEcho
    />
  );
}
