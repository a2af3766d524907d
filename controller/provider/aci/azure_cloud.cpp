#include "controller/provider/aci/azure_cloud.hpp"

#include "controller/core/error.hpp"

namespace spillway::aci {

CloudAddresses addresses_of(AzureCloud cloud) {
  switch (cloud) {
    case AzureCloud::public_cloud:
      return {"https://management.azure.com", "https://login.microsoftonline.com",
              "https://prices.azure.com"};
    case AzureCloud::us_government:
      return {"https://management.usgovcloudapi.net", "https://login.microsoftonline.us", ""};
    case AzureCloud::china:
      return {"https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn", ""};
  }
  SPILLWAY_ASSERT(cloud == AzureCloud::china);
  return {};
}

}  // namespace spillway::aci
