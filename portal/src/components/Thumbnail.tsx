import styles from "./components.module.css";

/** A small picture beside a title that already names it. */
export function Thumbnail({ url }: { url: string | null | undefined }) {
  return url ? (
    <img src={url} alt="" className={styles.thumb} loading="lazy" />
  ) : (
    <span className={styles.thumb} aria-hidden />
  );
}
