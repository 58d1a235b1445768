package io.redirectbalancer.reload;

/**
 * Puts the table of a routes file in force.
 *
 * @param file nobody else's
 */
public record RoutesFileReload(RoutesFile file, RouteReloads reloads) implements Reloadable {
  @Override
  public void reloadIfChanged() {
    if (file.hasChanged()) {
      reload();
    }
  }

  @Override
  public void reload() {
    reloads.reload(file);
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
