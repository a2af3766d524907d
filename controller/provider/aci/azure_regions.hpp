// The short names of Azure's regions, for telling a typo. Azure opens new ones: an unknown name may
// be right, so it is worth a remark and never an error. Source: "List of Azure regions" and the
// pages of the sovereign clouds, November 2026.
#pragma once

#include <array>
#include <string_view>

namespace spillway::aci {

inline constexpr std::array<std::string_view, 69> azure_regions{
    "australiacentral", "australiacentral2",
    "australiaeast",    "australiasoutheast",
    "austriaeast",      "belgiumcentral",
    "brazilsouth",      "brazilsoutheast",
    "canadacentral",    "canadaeast",
    "centralindia",     "centralus",
    "chilecentral",     "chinaeast",
    "chinaeast2",       "chinaeast3",
    "chinanorth",       "chinanorth2",
    "chinanorth3",      "eastasia",
    "eastus",           "eastus2",
    "francecentral",    "francesouth",
    "germanynorth",     "germanywestcentral",
    "indonesiacentral", "israelcentral",
    "italynorth",       "japaneast",
    "japanwest",        "jioindiacentral",
    "jioindiawest",     "koreacentral",
    "koreasouth",       "malaysiawest",
    "mexicocentral",    "newzealandnorth",
    "northcentralus",   "northeurope",
    "norwayeast",       "norwaywest",
    "polandcentral",    "qatarcentral",
    "southafricanorth", "southafricawest",
    "southcentralus",   "southeastasia",
    "southindia",       "spaincentral",
    "swedencentral",    "swedensouth",
    "switzerlandnorth", "switzerlandwest",
    "uaecentral",       "uaenorth",
    "uksouth",          "ukwest",
    "usdodcentral",     "usdodeast",
    "usgovarizona",     "usgovtexas",
    "usgovvirginia",    "westcentralus",
    "westeurope",       "westindia",
    "westus",           "westus2",
    "westus3"};

}  // namespace spillway::aci
