package io.redirectbalancer.control.store;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.Optional;

/**
 * An entry of the history.
 *
 * @param id grows with time; 0 before it is stored
 * @param user the email of who made it
 * @param resource {@code user}, {@code cdn} or {@code routing}
 * @param resourceId 0 for routing
 * @param operation {@code create}, {@code update}, {@code delete}, {@code rotate_token}, {@code
 *     restore} or {@code seed}
 * @param generation the generation that it made; 0 for a user's
 * @param before the resource as JSON; empty if there was none
 * @param after likewise
 * @param request the request's id and what was asked and answered, to recognise a repetition
 */
public record Change(
    long id,
    Instant time,
    String user,
    String resource,
    long resourceId,
    String operation,
    long generation,
    String before,
    String after,
    Optional<Request> request) {

  /**
   * A write that can be repeated safely.
   *
   * @param id unique in the history
   * @param digest SHA-256 of who asked for what, so that another request with this id is noticed
   * @param answer the serialized answer, without any token
   */
  public record Request(String id, ByteString digest, ByteString answer) {}
}
