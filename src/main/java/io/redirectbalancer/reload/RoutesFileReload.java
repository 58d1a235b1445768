package io.redirectbalancer.reload;

/** Reloads routing from a routes file. */
public final class RoutesFileReload implements Reloadable {
  private final RouteReloads reloads;
  private RoutesFile file;

  /**
   * @param file the file as last read
   */
  public RoutesFileReload(RoutesFile file, RouteReloads reloads) {
    this.file = file;
    this.reloads = reloads;
  }

  @Override
  public void reloadIfChanged() {
    RoutesFile now = file.again();
    if (!now.holdsTheSameAs(file)) {
      take(now);
    }
  }

  @Override
  public void reload() {
    take(file.again());
  }

  private void take(RoutesFile now) {
    file = now;
    reloads.reload(now);
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
