package io.redirectbalancer.control.lock;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;

class InMemoryLocksTest extends LocksContract {
  private final InMemoryLocks.Service service = new InMemoryLocks.Service();

  @Override
  Locks open(Duration lease, ScheduledExecutorService scheduler) {
    return new InMemoryLocks(service, lease, scheduler);
  }

  @Override
  void empty() {
    service.empty();
  }

  @Override
  void stopService() {
    service.setDown(true);
  }

  @Override
  void startService() {
    service.setDown(false);
  }

  @Override
  int waiting() {
    return service.waiting("cdn/17");
  }
}
