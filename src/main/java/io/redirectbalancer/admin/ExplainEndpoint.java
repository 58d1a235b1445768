package io.redirectbalancer.admin;

import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.routing.Explanation;
import io.redirectbalancer.routing.InvalidVideoUrlException;
import io.redirectbalancer.routing.Redirector;

/**
 * {@code ?video=URL&calls=20}: what the next calls for a video would get, and why. JSON, or a table
 * where the Accept header names {@code text/plain}.
 */
public final class ExplainEndpoint implements Endpoint {
  private static final String DEFAULT_CALLS = "20";

  private final Redirector redirector;

  public ExplainEndpoint(Redirector redirector) {
    this.redirector = redirector;
  }

  @Override
  public Response answer(Request request) {
    String video = request.query().get("video");
    if (video == null) {
      return Response.text(400, "no video (expected: /explain?video=URL&calls=20, URL encoded)");
    }
    Explanation explanation;
    try {
      int calls = Integer.parseInt(request.query().getOrDefault("calls", DEFAULT_CALLS));
      explanation = redirector.explain(video, calls);
    } catch (NumberFormatException e) {
      return Response.text(400, "calls: not a number (expected: 1 to 1000)");
    } catch (IllegalArgumentException | InvalidVideoUrlException e) {
      return Response.text(400, String.valueOf(e.getMessage()));
    }
    return request.accept().contains("text/plain")
        ? new Response(200, "text/plain; charset=utf-8", ExplanationFormats.table(explanation))
        : Response.json(JsonObject.format(ExplanationFormats.members(explanation)));
  }
}
