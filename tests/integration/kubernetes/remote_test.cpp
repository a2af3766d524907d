// `kubectl exec` and `attach` all the way, by both protocols: kubectl, a real API server, the
// kubelet port of a real `spillway run`, the emulator's WebSocket, and a real shell on a real
// terminal.
#include <memory>
#include <string>

#include "tests/integration/kubernetes/node_site.hpp"

namespace spillway::remote_test {

using namespace spillway::node_site;

TEST_CASE(
    "kubectl exec runs commands in a pod on the virtual node, with their input and exit code") {
  NEEDS_KUBERNETES();
  Shop shop{"exec", 5, tolerating, "[]"};
  shop.wait_for_running(4);
  Site site{};
  site.start("\"spillway test\"");
  const std::string pod{Site::running_pod("exec")};
  REQUIRE_MESSAGE(!pod.empty(), site.log());
  // Newer kubectl speaks WebSocket unless it is told otherwise, older ones know SPDY alone.
  for (const std::string protocol : {"true", "false"}) {
    CAPTURE(protocol);
    const std::string kubectl{"KUBECTL_REMOTE_COMMAND_WEBSOCKETS=" + protocol +
                              " $KUBECTL -n exec exec "};
    const auto exec = [&](const std::string& options, const std::string& command) {
      return Site::shell(kubectl + options + " " + pod + " -- " + command);
    };
    CHECK(exec("", "echo hello 'two  words' '$HOME'") == "hello two  words $HOME\n[0]");
    const std::string failed{exec("", "sh -c 'echo before; exit 3'")};
    CHECK(failed == "before\ncommand terminated with exit code 3\n[3]");
    CHECK(exec("", "/no/such/program").ends_with("[127]"));
    CHECK(exec("", "cat") == "[0]");
    CHECK(Site::shell("printf 'one\\ntwo' | " + kubectl + "-i " + pod +
                      " -- sh -c 'cat; echo .'") == "one\ntwo.\n[0]");
    // Longer than a line of a terminal, and bytes that mean something to one.
    CHECK(Site::shell("head -c 20000 /dev/zero | tr '\\0' x | " + kubectl + "-i " + pod +
                      " -- wc -c") == "20000\n[0]");
    CHECK(Site::shell("printf '\\001\\003\\004\\021\\023\\025\\026\\177\\r\\n' | " + kubectl +
                      "-i " + pod + " -- od -An -tx1") == " 01 03 04 11 13 15 16 7f 0d 0a\n[0]");
    CHECK(Site::shell(kubectl + pod + " -- seq 50000 | cksum") == Site::shell("seq 50000 | cksum"));
    const std::string typed{
        Site::shell("(sleep 2; printf 'echo sum-$((40+2))\\n'; sleep 1; printf 'exit\\n'; sleep 1)"
                    " | script -qec \"" +
                    kubectl + "-it " + pod + " -- sh\" /dev/null")};
    CAPTURE(typed);
    CHECK(typed.find("sum-42") != std::string::npos);
  }
  // A file into the pod, which is an archive through the terminal, and out again: any bytes.
  const std::string folder{plane().rig.scratch().path().string()};
  const std::string copied{
      Site::shell("cd " + folder + " && mkdir -p in && head -c 100000 /dev/urandom >sent && " +
                  "$KUBECTL -n exec cp sent " + pod + ":" + folder + "/in/there && " +
                  "cmp sent in/there && $KUBECTL -n exec exec " + pod + " -- cat " + folder +
                  "/in/there >back && cmp sent back")};
  CAPTURE(copied);
  CHECK(copied.ends_with("[0]"));
  CHECK(Site::shell("$KUBECTL -n exec exec " + pod + " -c other -- ls").ends_with("[1]"));
  // An HTTP request by way of the API server, the node and the pod's address.
  {
    ChildProcess forward{{"kubectl", "--kubeconfig=" + plane().rig.kubeconfig(), "-n", "exec",
                          "port-forward", pod, ":8080"}};
    REQUIRE(wait_until([&] { return forward.standard_output().find('\n') != std::string::npos; }));
    const std::string words{forward.standard_output()};
    CAPTURE(words);
    const std::size_t from{words.find("127.0.0.1:")};
    const std::string door{words.substr(from, words.find(" ->") - from)};
    const std::string fetch{"curl -s -o /dev/null -w '%{http_code}' http://" + door};
    CHECK(Site::shell(fetch + "/healthz; " + fetch + "/") == "200200[0]");
  }

  {
    ChildProcess attached{
        {"kubectl", "--kubeconfig=" + plane().rig.kubeconfig(), "-n", "exec", "attach", pod}};
    const bool has_shown{wait_until(
        [&] { return attached.standard_output().find("http://127.") != std::string::npos; })};
    CAPTURE(attached.standard_output());
    CAPTURE(attached.standard_error());
    CHECK(has_shown);
  }

  // A stop ends what runs, and says so.
  ChildProcess sleeper{{"kubectl", "--kubeconfig=" + plane().rig.kubeconfig(), "-n", "exec", "exec",
                        pod, "--", "sh", "-c", "echo begun; sleep 600"}};
  REQUIRE(wait_until([&] { return sleeper.standard_output() == "begun\n"; }));
  site.stop();
  REQUIRE(sleeper.wait_for_exit(std::chrono::seconds{20}));
  CAPTURE(sleeper.standard_error());
  CHECK(sleeper.exit_code() != 0);
  CHECK(sleeper.standard_error().find("is being stopped") != std::string::npos);
}

}  // namespace spillway::remote_test
