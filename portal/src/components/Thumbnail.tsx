import styles from "./components.module.css";

/** A small picture beside a title. It has no alt text because the title already describes it. */
export function Thumbnail({ url }: { url: string | null | undefined }) {
  return url ? (
    <img src={url} alt="" className={styles.thumbnail} loading="lazy" />
  ) : (
    <span className={styles.thumbnail} aria-hidden />
  );
}
