package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// table is the result as Markdown: date, machine and command, an attack a row, and why attacks have failed.
func table(o options, trials []trial, began time.Time) string {
	var b strings.Builder
	failed := 0
	for _, t := range trials {
		if len(t.failures) > 0 {
			failed++
		}
	}
	memory := "no memory limit"
	if o.memory > 0 {
		memory = fmt.Sprintf("a memory limit of %d MiB", o.memory)
	}
	fmt.Fprintf(&b, "%s, %s, %s: %d attacks, %d failed.\n\n", began.Format(time.DateOnly), o.transport, memory, len(trials), failed)
	fmt.Fprintf(&b, "- Machine: %s\n- JVM: %s\n- Command: `%s`\n\n", machine(), jvm(), commandLine(o))
	b.WriteString("| attack | port | calls | lost | p99 quiet | in the attack | after | memory | kept | descriptors | log lines | attacker: connections, closed, streams reset, MiB sent | result |\n")
	b.WriteString("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|\n")
	for _, t := range trials {
		result := "passed"
		if len(t.failures) > 0 {
			result = "**failed**"
		}
		if t.exit > 0 {
			result += fmt.Sprintf(": exit after %.1f s", t.exit.Seconds())
		}
		during := ms(t.during.third)
		if t.attack.stops {
			during = "(stopped)"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %d | %d | %s | %s | %s | %+d MiB | %+d MiB | %d → %d → %d | %d | %d, %d, %d, %d | %s |\n",
			t.attack.name, t.attack.port, t.during.calls+t.after.calls, t.during.lost+t.after.lost, ms(t.quiet.third),
			during, ms(t.after.p99), (t.peak.rss-t.before.rss)>>20, (t.end.rss-t.before.rss)>>20, t.before.descriptors,
			t.peak.descriptors, t.end.descriptors, t.logLines, t.attacker.Opened, t.attacker.Closed, t.attacker.Resets,
			t.attacker.Bytes>>20, result)
	}
	if failed > 0 {
		b.WriteString("\nFailed:\n\n")
		for _, t := range trials {
			if len(t.failures) > 0 {
				fmt.Fprintf(&b, "- `%s`: %s\n", t.attack.name, strings.Join(t.failures, "; "))
			}
		}
	}
	return b.String()
}

func machine() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	model := regexp.MustCompile(`model name\s*: (.*)`).FindSubmatch(text)
	name := "?"
	if model != nil {
		name = string(model[1])
	}
	kernel, _ := exec.Command("uname", "-sr").Output()
	load, _ := os.ReadFile("/proc/loadavg")
	return fmt.Sprintf("%s; server on core %s, load on core %s; %s; load average at the end %s", name,
		core("SERVER_CORE", "0"), core("LOAD_CORE", "1"), strings.TrimSpace(string(kernel)), strings.Fields(string(load) + " ?")[0])
}

func jvm() string {
	text, _ := exec.Command(javaCommand(), "-version").CombinedOutput()
	lines := strings.Split(string(text), "\n")
	if len(lines) < 2 {
		return "?"
	}
	return lines[1]
}

func commandLine(o options) string {
	words := []string{"loadtest/hostile/run", "--seconds", fmt.Sprint(o.seconds)}
	if o.memory > 0 {
		words = append(words, "--memory", fmt.Sprint(o.memory))
	}
	if o.maxRatio != 3 {
		words = append(words, "--max-ratio", fmt.Sprint(o.maxRatio))
	}
	words = append(words, "--transport", o.transport)
	return strings.Join(append(words, o.names...), " ")
}
