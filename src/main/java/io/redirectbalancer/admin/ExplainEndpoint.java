package io.redirectbalancer.admin;

import io.redirectbalancer.admin.Accept.MediaType;
import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.routing.Explanation;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.url.InvalidVideoUrlException;

/**
 * {@code ?video=URL&calls=20}: what the next calls for a video would get, and why. JSON, or a table
 * where the Accept header prefers {@code text/plain}.
 */
public final class ExplainEndpoint implements Endpoint {
  private static final String DEFAULT_CALLS = "20";

  /** Limits all URLs of an answer, of which memory holds several copies. */
  private static final int MAX_CHARACTERS = 256 * 1024;

  private static final MediaType JSON = new MediaType("application", "json", "");
  private static final MediaType TEXT = new MediaType("text", "plain", "");

  private final Redirector redirector;

  public ExplainEndpoint(Redirector redirector) {
    this.redirector = redirector;
  }

  @Override
  public String summary() {
    return "?video=URL&calls=20: what the next calls for a video would get, and why";
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
      if (calls <= Redirector.MAX_EXPLAINED && (long) calls * video.length() > MAX_CHARACTERS) {
        return Response.text(
            400,
            "calls: "
                + calls
                + " (expected: at most "
                + MAX_CHARACTERS / video.length()
                + " for a URL of "
                + video.length()
                + " characters)");
      }
      explanation = redirector.explain(video, calls);
    } catch (NumberFormatException e) {
      return Response.text(400, "calls: not a number (expected: 1 to 1000)");
    } catch (IllegalArgumentException | InvalidVideoUrlException e) {
      return Response.text(400, String.valueOf(e.getMessage()));
    }
    return new Accept(request.accept()).choose(JSON, TEXT).equals(TEXT)
        ? new Response(200, "text/plain; charset=utf-8", ExplanationFormats.table(explanation))
        : Response.json(JsonObject.format(ExplanationFormats.members(explanation)));
  }
}
