# shellcheck shell=bash disable=SC2034
# The searches behind traces/policies, a line each: machine and budget. One seed, 200 candidates.
policy_network=resnet20
policy_evaluations=200
policy_seed=1
policy_searches=(
    "bit_fusion_8x16 latency=0.5" "bit_fusion_8x16 latency=0.6" "bit_fusion_8x16 latency=0.7"
    "bit_fusion_8x16 energy=0.5" "bit_fusion_8x16 energy=0.6" "bit_fusion_8x16 energy=0.7"
    "bismo_edge latency=0.35" "bismo_edge latency=0.6"
    "bismo_cloud latency=0.35" "bismo_cloud latency=0.6"
)

policy_file() { # MACHINE METRIC=FRACTION
    local metric=${2%=*} percent=${2#*=0.}00
    echo "traces/policies/${policy_network}_$1_${metric}_${percent:0:2}.json"
}

# The command that finds it, without the program's folder and --out.
policy_command() { # MACHINE METRIC=FRACTION
    echo "assay search --task haq --network $policy_network --hw hw_configs/$1.json --budget $2" \
        "--evaluations $policy_evaluations --seed $policy_seed"
}
