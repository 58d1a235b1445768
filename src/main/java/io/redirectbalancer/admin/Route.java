package io.redirectbalancer.admin;

import io.redirectbalancer.admin.Endpoint.Response;
import java.util.Map;

/** Where a request goes, judging by its head. */
sealed interface Route {
  /**
   * To an endpoint.
   *
   * @param accept the Accept header, empty if there is none
   * @param authorization the Authorization header, empty if there is none
   */
  record Served(
      Endpoint endpoint,
      String path,
      String method,
      Map<String, String> query,
      String accept,
      String authorization)
      implements Route {
    /** A POST may change something, so it needs the token. */
    boolean needsToken() {
      return method.equals("POST");
    }
  }

  /** Nowhere: the request is rejected. */
  record Rejected(Response response) implements Route {}
}
