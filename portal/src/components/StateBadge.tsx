import styles from "./components.module.css";
import { stateLabel, stateTone } from "./states";

export function StateBadge({ state }: { state: string }) {
  return <span className={`${styles.badge} ${styles[stateTone(state)]}`}>{stateLabel(state)}</span>;
}
