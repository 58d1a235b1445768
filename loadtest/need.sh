# shellcheck shell=bash
# Checks of tools, for all scripts of this repository. Sourced, never run by itself.

# need TOOL...: names every missing tool at once, with the command that installs it. python3-X is the Python package X.
need() {
  local tool missing=0
  for tool in "$@"; do
    case $tool in
      python3-*) python3 -c "import ${tool#python3-}" 2>/dev/null && continue ;;
      *) command -v "$tool" >/dev/null && continue ;;
    esac
    missing=1
    case $tool in
      h2load | nghttp) echo "missing $tool: apt-get install nghttp2-client" ;;
      nghttpd) echo "missing nghttpd: apt-get install nghttp2-server" ;;
      taskset | chrt) echo "missing $tool: apt-get install util-linux" ;;
      ghz) echo "missing ghz: go install github.com/bojand/ghz/cmd/ghz@v0.93.0 (to ~/go/bin)" ;;
      grpcurl) echo "missing grpcurl: go install github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4 (to ~/go/bin)" ;;
      h2spec) echo "missing h2spec: go install github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible (to ~/go/bin)" ;;
      node) echo "missing node: apt-get install nodejs" ;;
      go) echo "missing go: apt-get install golang-go" ;;
      python3-*) echo "missing the Python package ${tool#python3-}: apt-get install $tool, or pip install ${tool#python3-}" ;;
      *java) echo "missing $tool: install JDK 17 or 25 (apt-get install openjdk-17-jdk-headless), or set JAVA_HOME" ;;
      *) echo "missing $tool: apt-get install $tool" ;;
    esac >&2
  done
  [ $missing = 0 ] || exit 2
}
