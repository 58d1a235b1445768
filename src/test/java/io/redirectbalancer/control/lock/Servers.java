package io.redirectbalancer.control.lock;

/** The servers that the tests *ServerTest need. */
final class Servers {
  private Servers() {}

  /** Returns an environment variable that says where a server is. */
  static String variable(String name) {
    String value = System.getenv(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set (expected: where the server is)");
    }
    return value;
  }
}
