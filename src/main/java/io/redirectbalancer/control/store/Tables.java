package io.redirectbalancer.control.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The database's rows, within one read or transaction. All SQL is behind this. Not thread-safe.
 *
 * <p>Every method throws {@link StoreException}.
 */
public interface Tables {
  // Users

  Optional<User> user(long id);

  /** Returns the user with this token. */
  Optional<User> userByToken(byte[] tokenHash);

  /** Returns up to {@code limit} users with ids above {@code after}, in their order. */
  List<User> users(long after, int limit);

  /** Locks the decision who is admin until the transaction ends, and returns how many are. */
  int lockAdmins();

  /** Whether there is any admin. */
  boolean hasAdmin();

  /**
   * Inserts a user; its id, version and times are ignored.
   *
   * @return the user as stored
   */
  User insert(User user, byte[] tokenHash, Instant now);

  /** Stores the user, if the stored version is still this one, and returns it with the next. */
  User update(User user, Instant now);

  /** Stores the user's token, if the stored version is still this one. */
  User updateToken(User user, byte[] tokenHash, Instant now);

  /** Deletes the user, if the stored version is still this one. */
  void delete(User user);

  // CDNs and routing

  Optional<StoredCdn> cdn(long id);

  List<StoredCdn> cdns(long after, int limit);

  StoredCdn insert(StoredCdn cdn, Instant now);

  StoredCdn update(StoredCdn cdn, Instant now);

  void delete(StoredCdn cdn);

  /** Inserts a CDN with its old id, which has been deleted since; its version is the next one. */
  StoredCdn reinsert(StoredCdn cdn, Instant now);

  StoredRouting routing();

  StoredRouting update(StoredRouting routing);

  /** Returns the generation in the database; 0 if it has never been seeded. */
  long generation();

  /**
   * Locks routing until the transaction ends, so that changes of CDNs and routing follow one
   * another, and returns the generation.
   */
  long lockGeneration();

  /**
   * Sets the generation and keeps the current rows as its snapshot, for {@link #snapshot(long)}.
   */
  void storeGeneration(long generation, Instant now);

  /** Returns the current rows. */
  Snapshot snapshot();

  /** Returns the rows of an earlier generation, if it is known. */
  Optional<Snapshot> snapshot(long generation);

  // History

  /** Adds a change; its id is ignored. */
  void append(Change change);

  /** Returns the change that a request made. */
  Optional<Change> changeOf(String requestId);

  /**
   * Returns changes, the latest first.
   *
   * @param before only those with smaller ids; empty for all
   * @param resource empty for any
   * @param resourceId empty for any
   */
  List<Change> history(
      OptionalLong before, Optional<String> resource, OptionalLong resourceId, int limit);

  // Instances

  /** Notes what an instance decides by, and forgets those not seen since {@code forgetBefore}. */
  void report(Instance instance, Instant forgetBefore);

  List<Instance> instances();
}
