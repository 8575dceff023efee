/** A worker that starts takes a fraction of a second; a browser that says nothing at all must not hold up the page. */
const MOST_MS = 3000;

/**
 * Cross-origin isolation on a host that does not send the headers for it: a service worker adds them, from the next load on. Without
 * it the page works as well, with one thread for its models.
 * @returns true when the page is about to load again and nothing should be started
 */
export async function isolate(): Promise<boolean> {
  if (crossOriginIsolated || !("serviceWorker" in navigator) || window.top !== window) return false;
  const [load] = performance.getEntriesByType("navigation");
  // Loaded again and still not isolated: once is enough. The worker is there for the next visit.
  const again = load instanceof PerformanceNavigationTiming && load.type === "reload";
  const ready = navigator.serviceWorker
    .register(new URL("isolation-worker.js", document.baseURI))
    .then(() => navigator.serviceWorker.ready)
    .then(
      () => true,
      // Storage is blocked, or the server lacks the file.
      () => false,
    );
  if (again) return false;
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), MOST_MS));
  if (!(await Promise.race([ready, late]))) return false;
  location.reload();
  return true;
}
