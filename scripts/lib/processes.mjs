/** Whether a process of this number is there. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Someone else's may not be asked, but it is there.
    return error.code === "EPERM";
  }
}
