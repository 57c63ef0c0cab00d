import { Button } from "@mantine/core";

interface TableButtonProps {
  /** Says on its own what the button does to which row. */
  label: string;
  pending?: boolean;
  onClick: () => void;
  children: string;
}

/** What can be done about a row of a team’s tables. */
export function TableButton({ label, pending = false, onClick, children }: TableButtonProps) {
  return (
    <Button size="xs" variant="default" loading={pending} onClick={onClick} aria-label={label}>
      {children}
    </Button>
  );
}
