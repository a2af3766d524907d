// Answers as HAProxy 2.6.12 gives them, for the tests of what reads them.
#pragma once

#include <string>
#include <string_view>

namespace spillway::haproxy::samples {

inline constexpr std::string_view state_header{
    "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight "
    "srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health "
    "srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord "
    "srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n"};

/// A base server that is up, one of ours (weight 70, draining), and two slots that were never used.
inline constexpr std::string_view state_rows{
    "3 be 1 vm1 127.0.0.1 2 0 1 1 2 1 0 0 6 0 0 0 - 19911 - 0 0 - - 0\n"
    "3 be 5 spillway-a 127.0.0.2 2 8 70 50 0 1 0 1 6 0 0 0 - 19921 - 0 0 - - 0\n"
    "3 be 2 aci1 127.0.0.1 0 5 1 1 2 1 0 0 14 0 0 0 - 9 - 0 0 - - 0\n"
    "3 be 3 aci2 127.0.0.1 0 5 1 1 2 1 0 0 14 0 0 0 - 9 - 0 0 - - 0\n\n"};

inline constexpr std::string_view stat_header{
    "# pxname,svname,qcur,qmax,scur,smax,slim,stot,last_chk,addr,\n"};

inline constexpr std::string_view stat_rows{
    "be,vm1,0,0,4,9,,100,,127.0.0.1:19911,\n"
    "be,spillway-a,1,1,2,3,,12,\"Layer7 wrong status, code: 503, info: "
    "\"\"gone\"\"\",127.0.0.2:1,\n"
    "be,aci1,0,0,0,0,,0,,127.0.0.1:9,\n"
    "be,aci2,0,0,0,0,,0,,127.0.0.1:9,\n\n"};

inline std::string whole_answer() {
  std::string answer{};
  for (const std::string_view part : {state_header, state_rows, stat_header, stat_rows}) {
    answer += part;
  }
  return answer;
}

}  // namespace spillway::haproxy::samples
