package io.redirectbalancer.reload;

/** Puts the tables of a routes file in force, one after the other. */
public final class RoutesFileReload implements Reloadable {
  private final RouteReloads reloads;
  private RoutesFile file;

  /**
   * @param file as it was read last
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
