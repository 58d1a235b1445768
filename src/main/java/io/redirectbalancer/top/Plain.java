package io.redirectbalancer.top;

import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** A line for each port and each problem, for a pipe or a file. */
final class Plain {
  private Plain() {}

  static List<String> lines(Fleet fleet) {
    String time = fleet.time().truncatedTo(ChronoUnit.SECONDS).toString();
    List<String> lines = new ArrayList<>();
    for (Fleet.Port port : fleet.ports()) {
      lines.add(
          time
              + " "
              + port.name()
              + (port.error() == null
                  ? " "
                      + port.state()
                      + " calls/s="
                      + Frame.rate(port.calls())
                      + " p50_ms="
                      + Frame.millis(port.p50())
                      + " p99_ms="
                      + Frame.millis(port.p99())
                      + " errors/s="
                      + Frame.rate(port.errors())
                      + " rejections/s="
                      + Frame.rate(port.rejections())
                      + " generation="
                      + Frame.whole(port.generation())
                      + " memory_mib="
                      + Frame.mebibytes(port.memoryBytes())
                      + " connections="
                      + Frame.whole(port.connections())
                  : " NO ANSWER: " + port.error()));
    }
    fleet.problems().forEach(problem -> lines.add(time + " problem: " + problem));
    return lines;
  }
}
